import { CopyButton } from './copy-button.js'
import type { Problem, RequestEntry } from './shapes.js'
import { visible } from './text.js'

/** What to do about a request that had no session: the fix, what the cookie shows, the likely causes. */
export function ProblemBody({ entry, problem }: { readonly entry: RequestEntry; readonly problem: Problem }) {
  const { code, fix, diagnosis, causes } = problem
  const command = `npx sessmw help ${code}`
  return (
    <div class="problem">
      <dl>
        <div>
          <dt>Fix</dt>
          <dd>{withCode(fix)}</dd>
        </div>
        {diagnosis !== null && (
          <div>
            <dt>This cookie</dt>
            <dd>{withCode(diagnosis)}</dd>
          </div>
        )}
        {causes.length > 0 && (
          <div>
            <dt>Likely causes</dt>
            <dd>
              {causes.map((cause) => (
                <code key={cause} class="chip">
                  {cause}
                </code>
              ))}
            </dd>
          </div>
        )}
        <div>
          <dt>More</dt>
          <dd class="line">
            <code>{command}</code>
            <CopyButton text={command} what={command} />
          </dd>
        </div>
      </dl>
      {entry.cookieHeader !== null && <pre class="block">Cookie: {visible(entry.cookieHeader)}</pre>}
    </div>
  )
}

/** Text in which `this` is code. */
function withCode(text: string) {
  return visible(text)
    .split('`')
    .map((part, at) => (at % 2 === 0 ? part : <code key={part}>{part}</code>))
}
