// Loaded before an app that a test starts as a child process: tells the port of every server that listens.
const { Server } = require('node:net')

const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  this.once('listening', () => process.send?.({ port: this.address().port }))
  return listen.apply(this, args)
}
