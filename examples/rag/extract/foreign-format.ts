/** By the bytes they begin with: files that people upload and that are not read. */
const formats: readonly (readonly [bytes: string, what: string])[] = [
  ['\xd0\xcf\x11\xe0', 'an old Office document or protected by a password; save it as .docx without one'],
  ['\x89PNG', 'an image'],
  ['\xff\xd8\xff', 'an image'],
  ['GIF8', 'an image'],
  ['BM', 'an image'],
  ['II*\0', 'an image'],
  ['MM\0*', 'an image'],
  ['RIFF', 'an image, a recording or a video'],
  ['ID3', 'a recording'],
  ['OggS', 'a recording'],
  ['fLaC', 'a recording'],
  ['\x1a\x45\xdf\xa3', 'a video'],
  ['\x1f\x8b', 'an archive'],
  ['7z\xbc\xaf', 'an archive'],
  ['Rar!', 'an archive'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
];

/** What a file is that is not text, as its owner would say it. */
export function foreignFormat(content: Buffer): string {
  const beginning = content.toString('latin1', 0, 8);
  return formats.find(([bytes]) => beginning.startsWith(bytes))?.[1] ?? 'neither text nor in a known format';
}
