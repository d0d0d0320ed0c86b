import {
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;
/** gRPC declares its own class, and takes any object with these methods. */
type AnyCall = Pick<Call, keyof Call>;
type Start = Call['start'];
type Metadata = Parameters<Start>[0];
type Listener = Parameters<Start>[1];

/** How the calls of one connection to Temporal end when it is closed. */
export interface TemporalCalls {
  /** For the options of the connection, whose calls they retry as the SDK does. */
  readonly interceptors: Interceptor[];
  /** Ends the calls under way with CANCELLED, and all later ones. It comes before the connection is closed. */
  end(): void;
}

/** gRPC's status 1, which nobody retries: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const cancelled = { code: 1, details: 'the connection to Temporal was closed' };

/**
 * Without them, a call that waits for its next try when its connection is closed ends the process: the SDK (1.24.0)
 * begins that try from a timer, on a closed channel, and there gRPC throws.
 */
export function endableCalls(): TemporalCalls {
  let isOver = false;
  const underWay = new Set<() => void>();
  const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();

  /** Around the retries: ends a call at once, also between two tries. */
  const ending: Interceptor = (options, nextCall) => {
    if (isOver) return refused;
    const call = nextCall(options);
    return calling({
      ...passingTo(call),
      start(metadata, listener) {
        let hasEnded = false;
        const end = (status: Parameters<NonNullable<NonNullable<Listener>['onReceiveStatus']>>[0]) => {
          if (hasEnded) return;
          hasEnded = true;
          underWay.delete(stop);
          listener?.onReceiveStatus?.(status);
        };
        const stop = () => {
          end({ ...cancelled, metadata: emptied(metadata) });
          call.cancelWithStatus(cancelled.code, cancelled.details);
        };
        underWay.add(stop);
        call.start(metadata, {
          onReceiveMetadata: (received) => {
            if (!hasEnded) listener?.onReceiveMetadata?.(received);
          },
          onReceiveMessage: (message) => {
            if (!hasEnded) listener?.onReceiveMessage?.(message);
          },
          onReceiveStatus: end,
        });
      },
    });
  };

  /** Within the retries: a try that begins after the end reaches no channel. */
  const refusing: Interceptor = (options, nextCall) => (isOver ? refused : calling(nextCall(options)));

  return {
    interceptors: [
      ending,
      makeGrpcRetryInterceptor({
        delayFunction,
        retryableDecider: (attempt, status) => !isOver && retryableDecider(attempt, status),
      }),
      refusing,
    ],
    end() {
      isOver = true;
      for (const stop of [...underWay]) stop();
    },
  };
}

const calling = (call: AnyCall) => call as Call;

const passingTo = (call: AnyCall): AnyCall => ({
  start: (metadata, listener) => call.start(metadata, listener),
  cancelWithStatus: (status, details) => call.cancelWithStatus(status, details),
  getPeer: () => call.getPeer(),
  sendMessageWithContext: (context, message) => call.sendMessageWithContext(context, message),
  sendMessage: (message) => call.sendMessage(message),
  startRead: () => call.startRead(),
  halfClose: () => call.halfClose(),
  getAuthContext: () => call.getAuthContext(),
});

/** A call that is over before it begins. */
const refused = calling({
  start: (metadata, listener) => listener?.onReceiveStatus?.({ ...cancelled, metadata: emptied(metadata) }),
  cancelWithStatus: () => {},
  getPeer: () => 'nobody',
  sendMessageWithContext: () => {},
  sendMessage: () => {},
  startRead: () => {},
  halfClose: () => {},
  getAuthContext: () => null,
});

/** The request's own may hold a key, and an error holds what it is given. */
function emptied(metadata: Metadata): Metadata {
  const none = metadata.clone();
  for (const key of Object.keys(none.getMap())) none.remove(key);
  return none;
}
