import type { Tool } from '../../tool.js';
import { atlas, dataPlatforms } from './data-platforms.js';
import { neon, planetScale, supabase } from './databases.js';
import { fly } from './fly.js';
import { gh, glab, otherForges } from './github.js';
import { heroku } from './heroku.js';
import { amplify, copilot, dokku, elasticBeanstalk, firebase, netlify, render } from './hosting.js';
import { jenkins, pipelines } from './pipelines.js';
import { railway } from './railway.js';
import { algolia, auth0, nounServices, sanity, shopify, stripe } from './services.js';
import { vercel } from './vercel.js';

export const PLATFORM_TOOLS: readonly Tool[] = [
  railway,
  vercel,
  fly,
  heroku,
  netlify,
  render,
  firebase,
  amplify,
  elasticBeanstalk,
  copilot,
  dokku,
  supabase,
  neon,
  planetScale,
  atlas,
  dataPlatforms,
  gh,
  glab,
  otherForges,
  stripe,
  nounServices,
  auth0,
  algolia,
  sanity,
  shopify,
  pipelines,
  jenkins,
];
