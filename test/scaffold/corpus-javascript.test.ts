import { describe, it } from 'vitest'
import { editAndBoot } from './edit-and-boot.js'
import { JAVASCRIPT_APPS } from './edited-apps.js'

describe('JavaScript apps that init edits', () => {
  it.each(JAVASCRIPT_APPS)('boot, keep a session, and come back to the byte: $name', editAndBoot, 60_000)
})
