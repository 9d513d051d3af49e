import { describe, it } from 'vitest'
import { editAndBoot } from './edit-and-boot.js'
import { TYPESCRIPT_APPS } from './edited-apps.js'

describe('TypeScript apps that init edits', () => {
  it.each(TYPESCRIPT_APPS)(
    'type-check, boot, keep a session, and come back to the byte: $name',
    editAndBoot,
    60_000,
  )
})
