import type { ComponentChildren } from 'preact'
import type { ApiError } from './api.js'

interface NoticeProps {
  readonly kind: 'error' | 'warning' | 'info'
  readonly problem?: ApiError | undefined
  readonly action?: ComponentChildren
  readonly children?: ComponentChildren
}

/** Something that stands in the way, and what to do. */
export function Notice({ kind, problem, action, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <div>
        {problem !== undefined && (
          <p>
            <strong>{problem.message}</strong> {problem.fix}
          </p>
        )}
        {children !== undefined && <p>{children}</p>}
      </div>
      {action}
    </div>
  )
}
