/**
 * Compiles the checkout into a folder. Resolves to the folders of the packages that are compiled in.
 * @param more Modules that are to have a file of their own besides.
 * @param options Whether chunks are merged, as the package has them. It takes longer than all the rest.
 */
export function bundle(
  checkout: string,
  folder: string,
  more?: readonly string[],
  options?: { readonly merged?: boolean },
): Promise<string[]>;

export function prebuildWorkflows(folder: string): Promise<void>;
