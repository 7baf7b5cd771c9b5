// Questions that are answered quickly wait for each other: a browser has few connections, and a network one reader at a time.

export class Turns {
  private readonly waiting: { rank: number; go: () => void }[] = [];
  private isTaken = false;

  // Resolves once it is this one's turn, the lowest rank first; whoever takes it calls `done`.
  take(rank: number): Promise<void> {
    return new Promise((go) => {
      this.waiting.push({ rank, go });
      this.waiting.sort((a, b) => a.rank - b.rank);
      this.next();
    });
  }

  done(): void {
    this.isTaken = false;
    this.next();
  }

  private next(): void {
    if (this.isTaken) return;
    const first = this.waiting.shift();
    if (!first) return;
    this.isTaken = true;
    first.go();
  }
}

export const turns = new Turns();
