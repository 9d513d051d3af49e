/** What a value of unknown type reads as: the type that `JSON.parse` gives. */
type Untyped = ReturnType<typeof JSON.parse>

/**
 * The types of the session's data. Name yours by augmentation:
 *
 * @example
 * declare module 'sessmw' {
 *   interface SessionData { userId: string; cart: string[] }
 * }
 */
export interface SessionData {}

/** Data as read and written: every key may be absent. Without named types, keys are untyped. */
export type DataOf<Data> = [keyof Data] extends [never]
  ? { [key: string]: Untyped }
  : { [Key in keyof Data]?: Data[Key] | undefined }
