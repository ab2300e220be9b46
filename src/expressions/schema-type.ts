import {
  ANY_VALUE,
  type Schema,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';
import {
  ANY,
  BOOLEAN,
  INTEGER_TYPE,
  listOf,
  NULL_TYPE,
  NUMBER_TYPE,
  STRING_TYPE,
  type Type,
} from './type.ts';

/** The type of what a schema tells of: a value that may be of several types is of any. */
function typeOfSchema({ types, items, members }: ValueSchema): Type {
  switch (types & ~TYPE_NULL) {
    case 0:
      return types === TYPE_NULL ? NULL_TYPE : ANY;
    case TYPE_BOOLEAN:
      return BOOLEAN;
    case TYPE_INTEGER:
      return INTEGER_TYPE;
    case TYPE_FRACTION:
    case TYPE_FRACTION | TYPE_INTEGER:
      return NUMBER_TYPE;
    case TYPE_STRING:
      return STRING_TYPE;
    case TYPE_LIST:
      return listOf(items === undefined ? ANY : typeOfSchema(items));
    case TYPE_OBJECT:
      return members === undefined ? { kind: 'object' } : typeOfMembers(members);
    default:
      return ANY;
  }
}

/** The type of an event, or of an object in it. */
export function typeOfMembers({ members, closed }: Schema): Type {
  const types = new Map([...members].map(([name, member]) => [name, typeOfSchema(member)]));
  return closed ? { kind: 'object', members: types, closed: true } : { kind: 'object', members: types };
}

/** What a type tells of the values that an expression writes: each may be null. */
export function schemaOfType(type: Type): ValueSchema {
  switch (type.kind) {
    case 'any':
      return ANY_VALUE;
    case 'null':
      return { types: TYPE_NULL };
    case 'boolean':
      return { types: TYPE_BOOLEAN | TYPE_NULL };
    case 'number':
      return { types: type.integer === true ? TYPE_INTEGER | TYPE_NULL : NUMBERS | TYPE_NULL };
    case 'string':
      return { types: TYPE_STRING | TYPE_NULL };
    case 'timestamp':
      return { types: TYPE_STRING | TYPE_NULL, format: 'date-time' };
    case 'duration':
      return { types: TYPE_STRING | TYPE_NULL, format: 'duration' };
    case 'list':
      return { types: TYPE_LIST | TYPE_NULL, items: schemaOfType(type.element) };
    case 'object':
      return {
        types: TYPE_OBJECT | TYPE_NULL,
        ...(type.members === undefined ? {} : { members: membersOf(type) }),
      };
  }
}

const membersOf = ({ members, closed }: Extract<Type, { kind: 'object' }>): Schema => ({
  members: new Map([...members!].map(([name, type]) => [name, { ...schemaOfType(type), required: false }])),
  closed: closed === true,
});

const NUMBERS = TYPE_INTEGER | TYPE_FRACTION;
