import { testCases } from '../support/local-cases.js';

testCases(1, 2);
