import { Actor, type ActorRef } from '../../../core/index.js';
import type { Patient } from './patient.js';

/** Works for so long, and tells then. */
export class Late extends Actor {
  static module = import.meta.url;

  tellLate(ref: ActorRef<Patient>, ms: number): void {
    for (const end = performance.now() + ms; performance.now() < end; );
    ref.tell.arm();
  }

  /** As one that has to be noted, since it asks who has told it. */
  tellLateNoted(ref: ActorRef<Patient>, ms: number): void {
    void this.context.sender;
    this.tellLate(ref, ms);
  }
}
