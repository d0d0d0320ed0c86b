import { fetchModels } from './fetch-models.js';

try {
  console.log(await fetchModels());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
