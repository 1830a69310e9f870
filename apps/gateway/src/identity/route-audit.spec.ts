import 'reflect-metadata';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { Needs, OpenToAll } from '../http/caller.ts';
import { RouteAudit } from './route-audit.ts';

@Controller('spoken')
@Needs('admin')
class SpokenController {
  @Get()
  list(): void {}
  @Get('open')
  @OpenToAll()
  open(): void {}
  @Post()
  @Needs('index', 'search')
  add(): void {}
  /** No route. */
  helper(): void {}
}

@Controller('silent')
class SilentController {
  @Get()
  @Needs('search')
  said(): void {}
  @Get('forgotten')
  forgotten(): void {}
}

const started = async (...controllers: (new () => object)[]) => {
  @Module({ imports: [DiscoveryModule], controllers, providers: [RouteAudit] })
  class TestModule {}
  return NestFactory.createApplicationContext(TestModule, { logger: false });
};

it('knows what every route says, its class speaking for it where it is silent', async () => {
  const app = await started(SpokenController);
  expect(app.get(RouteAudit).routes()).toEqual([
    { name: 'SpokenController.list', rule: { open: undefined, needs: ['admin'] } },
    { name: 'SpokenController.open', rule: { open: 'always', needs: undefined } },
    { name: 'SpokenController.add', rule: { open: undefined, needs: ['index', 'search'] } },
  ]);
  await app.close();
});

it('lets nothing start with a route that says nothing', async () => {
  await expect(started(SpokenController, SilentController)).rejects.toMatchObject({
    code: 'route_without_rule',
    message: 'SilentController.forgotten must say @Needs(scope) or @OpenToAll()',
  });
});
