// Before each test file: the properties in it draw their cases from the run's seed; see property-seed.ts.
import fc from 'fast-check';
import { propertySeed } from './property-seed.ts';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: propertySeed(process.env) });
