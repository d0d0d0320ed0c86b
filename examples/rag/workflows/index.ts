/** Everything that a worker bundles: each export is a workflow type. */
export { changeModel } from './change-model.js';
export { keepDocument } from './keep-document.js';
