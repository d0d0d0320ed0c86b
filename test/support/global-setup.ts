import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrateCatalog } from '../../catalog/migrate.js';
import { startNeonEmulator } from '../../emulator/index.js';
import { catalogOwner } from '../../local/catalog-owner.js';
import { startCatalogServer } from '../../local/catalog-server.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import { findToolchain, type Toolchain } from '../../local/toolchain/toolchain.js';
import { asSuperuser } from '../../postgres/index.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { compilePackage } from './compile-package.js';
import { scratchFolder } from './scratch-folder.js';
import { databaseAt, withClient } from './sql.js';

/** What all test files share: servers that are slow to start, and things that are slow to make. */
export interface Ground {
  readonly toolchain: Toolchain;
  readonly temporalAddress: string;
  /** A Postgres server in which each test makes a database of its own. */
  readonly catalogServerUrl: string;
  /** The database there that a migrated catalog is copied from. */
  readonly catalogTemplate: string;
  /** An emulator's data folder with its template made, to be copied. */
  readonly emulatorTemplate: string;
  readonly workflowBundle: string;
  /** The folder in which all rooms are compiled. */
  readonly compiledPackage: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    ground: Ground;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = scratchFolder('tenantry-test-');
  const toolchain = await findToolchain();
  const workflowBundle = path.join(scratch.path, 'workflows.js');
  const compiledPackage = path.join(scratch.path, 'compiled');
  const [temporal, catalog, emulatorTemplate] = await Promise.all([
    startTemporalServer({
      binary: toolchain.temporal,
      stateDir: path.join(scratch.path, 'temporal'),
      headless: true,
      inMemory: true,
      searchAttributes: registeredSearchAttributes,
    }),
    startCatalogServer(toolchain.catalogPostgres, scratch.path),
    makeEmulatorTemplate(toolchain, path.join(scratch.path, 'emulator')),
    compilePackage(compiledPackage),
    bundleWorkflows(workflowBundle),
  ]);
  // Each test makes a catalog of its own there, and works with it as the role that owns it; one makes another role.
  await asSuperuser(catalog.superuser, 'postgres', (client) =>
    client.query(`ALTER ROLE ${catalogOwner} CREATEDB CREATEROLE`),
  );
  const catalogTemplate = 'catalog_template';
  await withClient(catalog.url, (client) => client.query(`create database ${catalogTemplate}`));
  await migrateCatalog(databaseAt(catalog.url, catalogTemplate));
  project.provide('ground', {
    toolchain,
    temporalAddress: temporal.address,
    catalogServerUrl: catalog.url,
    catalogTemplate,
    emulatorTemplate,
    workflowBundle,
    compiledPackage,
  });
  return async () => {
    await Promise.all([temporal.stop('SIGKILL'), catalog.stop()]);
    scratch.remove();
  };
}

/** An emulator makes its template of a cluster at its first start; copies of its folder have it. */
async function makeEmulatorTemplate(toolchain: Toolchain, dataDir: string): Promise<string> {
  const emulator = await startNeonEmulator({ dataDir, postgres: toolchain.postgres });
  await emulator.stop();
  return dataDir;
}
