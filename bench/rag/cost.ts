/*
 * What a thousand workspaces cost a month: npm run bench:rag:cost. Arithmetic on public prices, in US dollars before taxes;
 * nothing is measured here but the sizes, which come from `npm run bench:rag`.
 */
import { prices as neon } from '../../examples/rag/server/prices.js';
import { printTable } from '../figures.js';

const tenants = 1_000;
const pages = 200;
const hoursOfMonth = 730;

/** Rounded up from the bench: 2.5 kB a passage with its words and vector; the rest is its share of the upload, the text and an index. */
const passagesOfPage = 5;
const bytesOfPassage = 4_500;
const emptyDatabase = 9_000_000;

/** One workspace in a month: people come on 20 days, three times a day, for ten minutes and five questions. */
const visits = 20 * 3;
const minutesOfVisit = 10;
const questionsOfVisit = 5;
/** Neon's compute sleeps five minutes after the last query. */
const minutesUntilSleep = 5;
const smallestCompute = 0.25;
/** Launch has 100 projects, Scale 1,000 at this price a CU-hour: https://neon.com/docs/introduction/plans */
const scalePerComputeUnitHour = 0.222;
/** 2 CU have 8 GB: room for the vectors of a million passages and their index. It never sleeps, because somebody always asks. */
const sharedCompute = 2;

/**
 * Standard plan, on demand, AWS us-east-1, as its own price page had them on 4 November 2026 by
 * https://docs.flexprice.io/cookbooks/pricing-teardowns/pinecone-pricing; how use is counted:
 * https://docs.pinecone.io/guides/organizations/manage-cost/understanding-cost
 */
const pinecone = {
  perGigabyteMonth: 0.33,
  perMillionReadUnits: 16,
  minimum: 50,
  leastReadUnitsOfQuery: 0.25,
};
/** A vector of 384 numbers in single precision, and a passage's text beside it. */
const bytesOfRecord = 384 * 4 + 1_000;

const passages = tenants * pages * passagesOfPage;
const awakeHours = (visits * (minutesOfVisit + minutesUntilSleep)) / 60;
const storedGigabytes = (databases: number) => (databases * emptyDatabase + passages * bytesOfPassage) / 1e9;

function onNeon(computeUnitHours: number, databases: number, price: number = neon.perComputeUnitHour) {
  const compute = computeUnitHours * price;
  const storage = storedGigabytes(databases) * neon.perGigabyteMonth;
  return { compute, storage, total: compute + storage };
}

function onPinecone() {
  const compute =
    ((tenants * visits * questionsOfVisit * pinecone.leastReadUnitsOfQuery) / 1e6) *
    pinecone.perMillionReadUnits;
  const storage = ((passages * bytesOfRecord) / 1e9) * pinecone.perGigabyteMonth;
  return { compute, storage, total: Math.max(pinecone.minimum, compute + storage) };
}

const ownPostgres = (share: number, price?: number) =>
  onNeon(tenants * share * awakeHours * smallestCompute, tenants, price);
const ways = {
  'a Postgres each, all of them in use': ownPostgres(1),
  'a Postgres each, all of them in use, Scale': ownPostgres(1, scalePerComputeUnitHour),
  'a Postgres each, one in five in use': ownPostgres(0.2),
  'a Postgres each, none ever asleep': onNeon(tenants * hoursOfMonth * smallestCompute, tenants),
  'one Postgres for all, 2 CU, never asleep': onNeon(hoursOfMonth * sharedCompute, 1),
  'Pinecone, a namespace each, without a database': onPinecone(),
};

const dollars = (amount: number) =>
  `$${amount.toLocaleString('en-US', { maximumFractionDigits: amount < 10 ? 2 : 0 })}`;

console.log(
  `${tenants} workspaces of ${pages} pages, ${passages.toLocaleString('en-US')} passages; each that is in use is awake for ${awakeHours} h a month\n`,
);
printTable([
  ['a month', 'compute or queries', 'storage', 'together', 'a workspace'],
  ...Object.entries(ways).map(([name, { compute, storage, total }]) => [
    name,
    dollars(compute),
    dollars(storage),
    dollars(total),
    dollars(total / tenants),
  ]),
]);
