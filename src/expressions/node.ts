import type { Path } from '../json/path.ts';
import type { FunctionDefinition } from './function.ts';
import type { Macro } from './macro.ts';
import type { Metadata } from './metadata.ts';
import type { Value } from './value.ts';

/** Where a node stands in the text: [start, end), in UTF-16 units. */
interface Placed {
  readonly start: number;
  readonly end: number;
}

export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | 'in';

export type LiteralNode = Placed & {
  readonly kind: 'literal';
  readonly value: null | boolean | number | bigint | string;
};
/** A member of the event, or what stands in it. */
export type FieldNode = Placed & { readonly kind: 'field'; readonly path: Path };
export type BinaryNode = Placed & {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
};
export type CallNode = Placed & {
  readonly kind: 'call';
  readonly name: string;
  /** The receiver of a method first. */
  readonly args: readonly Node[];
  /** Those of this name that take so many arguments; at least one. */
  readonly definitions: readonly FunctionDefinition[];
  /** What is called of each, with what its literals come to; undefined: it does not take these literals. */
  readonly prepared: readonly (((...values: Value[]) => Value) | undefined)[];
};
export type MacroNode = Placed & {
  readonly kind: 'macro';
  readonly macro: Macro;
  readonly collection: Node;
  /** Name of the variable, and which of the variables of the expression it is. */
  readonly variable: string;
  readonly slot: number;
  /** Of `map` with two arguments: undefined. */
  readonly condition: Node | undefined;
  /** Of `map`. */
  readonly result: Node | undefined;
};

/** An expression as a tree, with names resolved. */
export type Node =
  | LiteralNode
  | FieldNode
  | BinaryNode
  | CallNode
  | MacroNode
  /** A name that is no member: a side input, a result. */
  | (Placed & { readonly kind: 'bound'; readonly name: string })
  /** The variable of a macro. */
  | (Placed & { readonly kind: 'variable'; readonly name: string; readonly slot: number })
  | (Placed & { readonly kind: 'metadata'; readonly name: Metadata })
  /** `object.name`, where that is no field. */
  | (Placed & { readonly kind: 'member'; readonly object: Node; readonly name: string })
  | (Placed & { readonly kind: 'index'; readonly object: Node; readonly index: Node })
  | (Placed & { readonly kind: 'list'; readonly elements: readonly Node[] })
  | (Placed & { readonly kind: 'object'; readonly entries: readonly (readonly [Node, Node])[] })
  | (Placed & {
      readonly kind: 'conditional';
      readonly condition: Node;
      readonly consequent: Node;
      readonly alternative: Node;
    })
  | (Placed & {
      readonly kind: 'logic';
      readonly operator: '&&' | '||';
      readonly left: Node;
      readonly right: Node;
    })
  | (Placed & { readonly kind: 'not'; readonly operand: Node })
  | (Placed & { readonly kind: 'negate'; readonly operand: Node })
  | (Placed & { readonly kind: 'has'; readonly operand: Node });

/** The nodes directly below a node, in the order of the text. */
function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'binary':
    case 'logic':
      return [node.left, node.right];
    case 'call':
      return node.args;
    case 'macro':
      return [node.collection, node.condition, node.result].filter((each) => each !== undefined);
    case 'member':
      return [node.object];
    case 'index':
      return [node.object, node.index];
    case 'list':
      return node.elements;
    case 'object':
      return node.entries.flat();
    case 'conditional':
      return [node.condition, node.consequent, node.alternative];
    case 'not':
    case 'negate':
    case 'has':
      return [node.operand];
    default:
      return [];
  }
}

/** All nodes of a tree, in the order of the text. */
export function* walk(node: Node): Generator<Node, void, void> {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
}
