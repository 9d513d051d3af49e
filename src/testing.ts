/**
 * `sessmw/testing`: what tests of sessions and of stores need. No test runner inside.
 *
 * @module
 */
export { type CookieJar, type CookieJarOptions, cookieJar } from './testing/cookie-jar.js'
export { type FakeClock, fakeClock } from './testing/fake-clock.js'
export {
  type Barrier,
  type Faults,
  faultyStore,
  type StoreMethod,
  type WritingMethod,
} from './testing/faulty-store.js'
export type { JarCookie } from './testing/set-cookie.js'
export { type SignedCookieOptions, signedCookieFor } from './testing/signed-cookie-for.js'
export { type ContractCase, type StoreContractOptions, storeContract } from './testing/store-contract.js'
