// Temporal's own converter, but that each payload says who made it. Workers load it by its path, with `require`.
const { defaultPayloadConverter } = require('@temporalio/common');

exports.payloadConverter = {
  toPayload(value) {
    const payload = defaultPayloadConverter.toPayload(value);
    return { ...payload, metadata: { ...payload.metadata, 'made-by': new Uint8Array([117, 115]) } };
  },
  fromPayload: (payload) => defaultPayloadConverter.fromPayload(payload),
};
