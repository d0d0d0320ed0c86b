// A worker loads this by its path, with `require`: so it is CommonJS. It puts messages and stacks of failures into a
// payload, which a codec then encrypts.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
