import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest runs tests in a vm context, so errors made by Node's core belong to the outer realm and
 * `e instanceof Error` is false for them. Here an inner `Error` also recognises an outer one.
 */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const outerErrors = [
      Error,
      TypeError,
      RangeError,
      SyntaxError,
      ReferenceError,
      EvalError,
      URIError,
      AggregateError,
    ];
    for (const outer of outerErrors) {
      const inner = this.global[outer.name];
      const plain = this.global.Function.prototype[Symbol.hasInstance];
      Object.defineProperty(inner, Symbol.hasInstance, {
        configurable: true,
        value(x) {
          return plain.call(this, x) || (this === inner && x instanceof outer);
        },
      });
    }
  }
}
