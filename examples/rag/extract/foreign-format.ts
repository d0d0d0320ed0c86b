/** By the bytes they begin with: files that people upload and that are not read. */
const formats: readonly (readonly [bytes: string, what: string])[] = [
  [
    '\xd0\xcf\x11\xe0',
    'a document of an old Office, or one with a password; save it as .docx without a password',
  ],
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['GIF8', 'a picture'],
  ['BM', 'a picture'],
  ['II*\0', 'a picture'],
  ['MM\0*', 'a picture'],
  ['RIFF', 'a picture, a sound or a film'],
  ['ID3', 'a sound'],
  ['OggS', 'a sound'],
  ['fLaC', 'a sound'],
  ['\x1a\x45\xdf\xa3', 'a film'],
  ['\x1f\x8b', 'an archive'],
  ['7z\xbc\xaf', 'an archive'],
  ['Rar!', 'an archive'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
];

/** What a file is that is not text, as its owner would say it. */
export function foreignFormat(content: Buffer): string {
  const beginning = content.toString('latin1', 0, 8);
  return formats.find(([bytes]) => beginning.startsWith(bytes))?.[1] ?? 'not text, and of no known format';
}
