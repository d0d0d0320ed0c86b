/**
 * Compiles the checkout into a folder. Resolves to the folders of the packages that are compiled in.
 * @param more Modules that are to have a file of their own besides.
 */
export function bundle(checkout: string, folder: string, more?: readonly string[]): Promise<string[]>;
