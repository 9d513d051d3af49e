/** What the page shows, as its address says it. */
export type Route =
  | { readonly view: 'sessions'; readonly handle: string | undefined; readonly tab: DetailTab }
  | { readonly view: 'rejected' | 'requests' | 'cookie' }

export const DETAIL_TABS = ['data', 'history', 'requests', 'cookie'] as const

export type DetailTab = (typeof DETAIL_TABS)[number]

/** The route of a fragment; whatever is none shows the list. */
export function routeOf(fragment: string): Route {
  const [, view, handle, tab] = /^#\/(\w+)(?:\/([\w-]{43}))?(?:\/(\w+))?$/.exec(fragment) ?? []
  if (view === 'rejected' || view === 'requests' || view === 'cookie') return { view }
  return { view: 'sessions', handle, tab: DETAIL_TABS.find((name) => name === tab) ?? 'data' }
}

/** The address of a view, and of a session in it. */
export function linkTo(view: Route['view'], handle?: string, tab: DetailTab = 'data'): string {
  if (handle === undefined) return `#/${view}`
  return tab === 'data' ? `#/${view}/${handle}` : `#/${view}/${handle}/${tab}`
}
