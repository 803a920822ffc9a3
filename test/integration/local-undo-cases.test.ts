import { testCases } from '../support/local-cases.js';

testCases(0, 2);
