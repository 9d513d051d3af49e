/** The page before its script runs; everything that it shows is drawn by the script. */
export function pageWith(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>sessmw inspector</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The page needs JavaScript; curl does not: see sessions.json.</noscript>
</body>
</html>
`
}

/** What browsers show in the tab; without one, they would ask the app for /favicon.ico. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M12.2 3.8A6 6 0 1 0 12.2 12.2" fill="none" stroke="#6366f1" stroke-width="3"/></svg>
`
