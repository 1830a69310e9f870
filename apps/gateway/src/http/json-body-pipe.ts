import { Injectable, type PipeTransform } from '@nestjs/common';
import { readJsonBody } from './request-body.ts';

/** `@Body(JsonBodyPipe)`: bodies reach controllers as streams, and most routes want them parsed. */
@Injectable()
export class JsonBodyPipe implements PipeTransform<unknown, Promise<unknown>> {
  transform(body: unknown): Promise<unknown> {
    return readJsonBody(body);
  }
}
