// What `require('sessmw/express-session')` gives: the function itself, with its classes on it.
import entry = require('./express-session.js')
import session = entry.session

export = session
