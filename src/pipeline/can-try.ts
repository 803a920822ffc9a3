/** Which SQL actions can be run so that nothing of them lasts, and what becomes of those that cannot. */
import type { SqlCourse } from '#action/course';
import type { Submission } from '#action/submission';
import type { Verdict } from '#action/verdict';

/** Its door can run it so that nothing lasts, and nothing of it reaches what a rollback does not take back. */
export function canTry({ door }: Submission, course: SqlCourse | undefined): boolean {
  return door.tryOut !== undefined && course?.transactional === true && course.outside === undefined;
}

/** In words, of what its door could try out if it were another act; undefined for everything else. */
export function whyUntried(submission: Submission, course: SqlCourse | undefined): string | undefined {
  if (submission.door.tryOut === undefined || course === undefined || canTry(submission, course)) return undefined;
  return `it could not be tried out: ${course.outside ?? 'it does not run inside a transaction'}`;
}

/** What needs the owner's rights waits for people; its door lets the block go meanwhile and takes it up again. */
export function canWaitInBlock(submission: Submission, course: SqlCourse | undefined): boolean {
  return course?.lane === 'owner' && canTry(submission, course);
}

/** Inside a transaction block nothing lasts: what would wait for people is judged at its COMMIT, with everything else. */
export function putOff(submission: Submission, course: SqlCourse | undefined, verdict: Verdict): Verdict {
  if (submission.deferred !== true || verdict.decision === 'deny') return verdict;
  if (course === undefined || course.lane === 'owner' || !canTry(submission, course)) return verdict;
  return {
    ...verdict,
    decision: 'allow',
    obligations: [],
    reason: `judged when the transaction is committed: ${verdict.reason}`,
  };
}
