export const textbookQueue = 'textbook';
