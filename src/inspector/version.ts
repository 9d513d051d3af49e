/** The version of this package; a test compares it with package.json, which neither build can find by itself. */
export const VERSION = '0.1.0'
