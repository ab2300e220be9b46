/** What other systems write where a trigger stands, and what it is here: Beam first, then Flink, Spark and ksqlDB. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^(?:AfterWatermark|pastEndOfWindow|EventTimeTrigger)/i, 'write after-watermark(early: …, late: …)'],
  [/^(?:with)?EarlyFirings?/i, 'write after-watermark(early: …)'],
  [/^(?:with)?LateFirings?/i, 'write after-watermark(late: …)'],
  [/^(?:AfterPane|AfterCount|elementCountAtLeast|CountTrigger)/i, 'write count(100)'],
  [/^AfterSynchronizedProcessingTime/i, 'write delay(0s)'],
  [/^(?:AfterProcessingTime|pastFirstElementInPane|plusDelayOf)/i, 'write delay(5s)'],
  [
    /^(?:Continuous\w*Trigger|ProcessingTimeTrigger|alignedTo|Trigger\.ProcessingTime|ProcessingTime)/i,
    'write every(10s)',
  ],
  [/^(?:Repeatedly|forever)/i, 'write repeat(…)'],
  [/^(?:AfterFirst|AfterAny)/i, 'write any(…, …)'],
  [/^AfterAll/i, 'write all(…, …)'],
  [/^(?:AfterEach|inOrder)/i, 'write each-of(…, …)'],
  [/^(?:or_?Finally|until)/i, 'write … or-finally …'],
  [/^NeverTrigger/i, 'write never'],
  [/^Always/i, 'write each'],
  [/^DefaultTrigger/i, 'write after-watermark(late: each)'],
  [/^PurgingTrigger/i, 'what a pane keeps is told by --mode: write the trigger in it'],
  [
    /^(?:DeltaTrigger|GlobalWindows?|Once|AvailableNow)/i,
    'write never for one pane when the window is closed',
  ],
  [/^changes$/i, 'write each'],
  [/^(?:final|suppress\w*|untilWindowCloses)$/i, 'write never'],
  [/^(?:&&?|and$)/i, 'write all(…, …)'],
  [/^(?:\|\|?|or$)/i, 'write any(…, …)'],
];

/** What a word of another system, or a method of its, is here: a hint; undefined: it is none that is known. */
export function foreignTrigger(word: string): string | undefined {
  const name = word.replace(/^[.]/, '');
  return FOREIGN.find(([pattern]) => pattern.test(name))?.[1];
}
