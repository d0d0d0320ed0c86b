/** Words for ids. Lowercase letters only, so that an id is a valid host label and matches Neon's shapes. */
export const adjectives = (
  'amber azure brisk calm clever copper cosmic crimson dapper dewy eager early fancy fleet frosty gentle golden hazel ' +
  'hidden icy ivory jolly keen lively lucky mellow misty mossy noble ochre olive patient placid proud quick quiet rapid ' +
  'rosy rustic sandy silent silver smooth snowy solar steady sunny swift tidy velvet vivid wandering warm wild winter'
).split(' ');

export const nouns = (
  'anchor badger bay beacon birch bridge brook canyon cedar cliff cloud comet cove creek dawn delta dune ember falcon ' +
  'fern field fjord forest garden glacier grove harbor heron hill island lagoon lake lantern leaf marsh meadow mesa ' +
  'moon oak orchard otter peak pebble pine pond prairie rain reef ridge river shore spring star stone summit tide ' +
  'valley wave willow wind'
).split(' ');
