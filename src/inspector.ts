/**
 * The session inspector, for development.
 *
 * @module
 */
export { type TravelClock, travelClock } from './core/travel-clock.js'
export type { InspectorAuth } from './inspector/access.js'
export { type Inspector, inspector, type SessionMiddleware } from './inspector/inspector.js'
export type { InspectorOptions } from './inspector/options.js'
export type { VisibleSession } from './inspector/routes.js'
