import type { Dependencies } from './dependencies.js';
import { documentActivities } from './document-activities.js';
import { embeddingActivities } from './embedding-activities.js';
import { modelActivities } from './model-activities.js';
import { readingActivities } from './reading-activities.js';

/** What a worker is given: its own activities, and those of queues of their own. */
export function activitiesOf(dependencies: Dependencies, cores: number) {
  return {
    activities: { ...documentActivities(dependencies), ...modelActivities(dependencies) },
    queues: {
      reading: { activities: readingActivities(dependencies), slots: cores },
      embeddings: { activities: embeddingActivities(dependencies), slots: cores },
    },
  };
}
