/** Documents with the bucket each fell into: parallel arrays that grow. What the aggregations below a bucket run over. */
export class GrowingDocs {
  private docArray = new Int32Array(256);
  private ownerArray = new Int32Array(256);
  private length = 0;

  push(doc: number, owner: number): void {
    if (this.length === this.docArray.length) {
      this.docArray = grown(this.docArray);
      this.ownerArray = grown(this.ownerArray);
    }
    this.docArray[this.length] = doc;
    this.ownerArray[this.length++] = owner;
  }

  get docs(): Int32Array {
    return this.docArray.subarray(0, this.length);
  }

  get owners(): Int32Array {
    return this.ownerArray.subarray(0, this.length);
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}
