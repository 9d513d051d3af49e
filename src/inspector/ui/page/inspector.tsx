import { render } from 'preact'
import { App, AppProvider } from './app.js'
import { Page } from './page.js'

const place = document.getElementById('app')
if (place !== null) {
  const app = new App()
  app.start()
  render(
    <AppProvider value={app}>
      <Page />
    </AppProvider>,
    place,
  )
}
