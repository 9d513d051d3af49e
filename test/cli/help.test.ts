import { describe, expect, it } from 'vitest'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../src/core/verdict-table.js'
import { run } from './run-in-process.js'

describe('sessmw help', () => {
  it('without a word is the same as --help', async () => {
    const [help, flag] = [await run(['help']), await run(['--help'])]
    expect([help.exit, help.stdout]).toEqual([0, flag.stdout])
  })

  it('with a command is the same as its --help', async () => {
    const [help, flag] = [await run(['help', 'verify']), await run(['verify', '--help'])]
    expect([help.exit, help.stdout]).toEqual([0, flag.stdout])
  })

  it.each(Object.entries({ ...LOAD_CODES, ...SAVE_CODES, ...COOKIE_CODES }))(
    'explains the verdict %s with its fix',
    async (code, { title, fix }) => {
      const { exit, stdout } = await run(['help', code])
      expect(exit).toBe(0)
      expect(stdout).toContain(title)
      expect(stdout).toContain(fix)
    },
  )

  it('explains a root cause by the verdict that it shows as', async () => {
    const { stdout } = await run(['help', 'trust-proxy-missing'])
    expect(stdout).toContain("app.set('trust proxy', 1)")
  })

  it('explains an error code, also as JSON', async () => {
    const { exit, stdout } = await run(['help', 'store-timeout', '--json'])
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'sessmw/help@1',
      code: 'store-timeout',
      meanings: [{ where: 'error', fix: expect.stringContaining('storeTimeout') }],
    })
  })

  it('refuses a word that is neither, and names the codes', async () => {
    const { exit, stdout, stderr } = await run(['help', 'nonsense'])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('withheld-insecure')
  })

  it('names the code that was probably meant', async () => {
    expect((await run(['help', 'secret-mismach'])).stderr).toContain('(Did you mean secret-mismatch?)')
    expect((await run(['help', 'withheld-insecur'])).stderr).toContain('(Did you mean withheld-insecure?)')
  })

  it('takes a code in the spelling of a variable', async () => {
    expect(await run(['help', 'SECRET_MISMATCH'])).toEqual(await run(['help', 'secret-mismatch']))
  })
})
