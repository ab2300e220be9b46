import {
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';

/** What results are, for `AggregateDefinition.gives`: null where there were no values. */

export const COUNT_RESULT = (): ValueSchema => ({ types: TYPE_INTEGER });
export const INTEGER_RESULT = (): ValueSchema => ({ types: TYPE_INTEGER | TYPE_NULL });
export const NUMBER_RESULT = (): ValueSchema => ({ types: TYPE_INTEGER | TYPE_FRACTION | TYPE_NULL });
export const BOOLEAN_RESULT = (): ValueSchema => ({ types: TYPE_BOOLEAN | TYPE_NULL });
export const STRING_RESULT = (): ValueSchema => ({ types: TYPE_STRING | TYPE_NULL });

/** One of the values of the first field. */
export const fieldResult = ([field]: readonly ValueSchema[]): ValueSchema => ({
  ...field,
  types: field!.types | TYPE_NULL,
});

/** Values of the first field: none of them is null. */
export const listResult = ([field]: readonly ValueSchema[]): ValueSchema => ({
  types: TYPE_LIST,
  items: { ...field, types: field!.types & ~TYPE_NULL },
});
