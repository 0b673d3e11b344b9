// Which steps stand in which column of the panels: one each, or the mean of several.

export class Columns {
  constructor({ first, stride, single, window, overview }, count, total) {
    Object.assign(this, { first, stride, single, window, overview, count, total });
  }

  /** The column of step `t`; -1 where it is not among those that were sent. */
  of(t) {
    const column = Math.floor((t - this.first) / this.stride);
    return column >= 0 && column < this.count ? column : -1;
  }

  /** First and last step of a column. */
  steps(column) {
    const begin = this.first + column * this.stride;
    return [begin, Math.min(this.total - 1, begin + this.stride - 1)];
  }

  /** The step that a click on a column means: the selected one if it is there, else the column's first. */
  step(column, t) {
    return this.of(t) === column ? t : this.steps(column)[0];
  }

  /** Where a step begins, in columns from the left; beyond the edges where it is not among those that were sent. */
  place(t) {
    return (t - this.first) / this.stride;
  }

  /** Whether every step of a range and the two beside it are here one by one, as far as they exist. */
  answers([begin, end]) {
    return this.single && this.of(Math.max(0, begin - 1)) >= 0 && this.of(Math.min(this.total - 1, end + 1)) >= 0;
  }
}
