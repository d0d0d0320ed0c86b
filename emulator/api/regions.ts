import { badRequest } from '../errors.js';

interface Region {
  readonly region_id: string;
  readonly name: string;
  readonly default: boolean;
  readonly geo_lat: string;
  readonly geo_long: string;
}

/** Names only: every region of the emulator is this machine. */
export const regions: readonly [Region, ...Region[]] = [
  region('aws-us-east-1', 'AWS US East 1 (N. Virginia)', '38.13', '-78.45', true),
  region('aws-us-east-2', 'AWS US East 2 (Ohio)', '39.96', '-83.00'),
  region('aws-us-west-2', 'AWS US West 2 (Oregon)', '46.15', '-123.88'),
  region('aws-eu-central-1', 'AWS Europe Central 1 (Frankfurt)', '50.11', '8.68'),
  region('aws-eu-west-2', 'AWS Europe West 2 (London)', '51.51', '-0.13'),
  region('aws-ap-southeast-1', 'AWS Asia Pacific 1 (Singapore)', '1.35', '103.82'),
  region('aws-ap-southeast-2', 'AWS Asia Pacific 2 (Sydney)', '-33.87', '151.21'),
  region('aws-sa-east-1', 'AWS South America East 1 (São Paulo)', '-23.55', '-46.63'),
  region('azure-eastus2', 'Azure East US 2 (Virginia)', '36.67', '-78.39'),
  region('azure-gwc', 'Azure Germany West Central (Frankfurt)', '50.11', '8.68'),
  region('azure-westus3', 'Azure West US 3 (Arizona)', '33.45', '-112.07'),
];

/** An empty id asks for the default, as an absent one does. */
export function findRegion(id: string | undefined): Region {
  if (id === undefined || id === '') return regions[0];
  const found = regions.find((candidate) => candidate.region_id === id);
  if (found === undefined) throw badRequest(`region "${id}" is not supported`);
  return found;
}

function region(id: string, name: string, lat: string, long: string, isDefault = false): Region {
  return { region_id: id, name, default: isDefault, geo_lat: lat, geo_long: long };
}
