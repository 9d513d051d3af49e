/** HMAC-SHA256 keys below the hash's own length weaken it (RFC 2104 section 3). */
export const SECRET_BYTES = 32

/** Secrets that tutorials print. */
export const PLACEHOLDERS = [
  'keyboard cat',
  'keyboardcat',
  'secret',
  'secretkey',
  'secret-key',
  'secret_key',
  'SECRET-KEY',
  'mysecret',
  'my-secret',
  'my secret',
  'mysecretkey',
  'your-secret',
  'your secret',
  'yoursecret',
  'your-secret-key',
  'your_secret_key',
  'your secret key',
  'yoursecrethere',
  'changeme',
  'change-me',
  'change_me',
  'change this',
  'changethis',
  'supersecret',
  'super secret',
  'super-secret',
  'supersecretkey',
  'some secret',
  'somesecret',
  'session secret',
  'session-secret',
  'sessionsecret',
  'password',
  'test',
  'cats',
  'shhhh',
  'shhhhh',
  'replaceme',
  'todo',
] as const

const plain = (secret: string): string => secret.toLowerCase().replace(/[^a-z]/g, '')

const PLAIN_PLACEHOLDERS = new Set(PLACEHOLDERS.map(plain))

/** What is wrong with a secret, in words that never repeat it; undefined for a good one. */
export function secretWeakness(secret: string): string | undefined {
  if (PLAIN_PLACEHOLDERS.has(plain(secret))) return 'is a placeholder that everybody knows'
  const bytes = Buffer.byteLength(secret)
  if (bytes < SECRET_BYTES) return `is ${bytes} bytes long; it needs at least ${SECRET_BYTES}`
  if (new Set(secret).size < 8) return 'repeats a few characters'
  return undefined
}
