/** Calls for the same key while one is under way share its outcome; nothing is kept afterwards. */
export class SingleFlight<K, V> {
  private readonly underWay = new Map<K, Promise<V>>();

  run(key: K, work: () => Promise<V>): Promise<V> {
    const running = this.underWay.get(key);
    if (running) return running;
    const started = work().finally(() => this.underWay.delete(key));
    this.underWay.set(key, started);
    return started;
  }
}
