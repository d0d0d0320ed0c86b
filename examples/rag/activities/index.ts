import type { Dependencies } from './dependencies.js';
import { documentActivities } from './document-activities.js';
import { modelActivities } from './model-activities.js';
import { processorActivities } from './processor-activities.js';

/** What a worker is given: its own activities, and those of the queue of embeddings. */
export function activitiesOf(dependencies: Dependencies, cores: number) {
  return {
    activities: { ...documentActivities(dependencies), ...modelActivities(dependencies) },
    queues: { embeddings: { activities: processorActivities(dependencies), slots: cores } },
  };
}
