// Evaluated before each test file, in a graph of its own: a CommonJS package that require()s an ESM-only
// @nestjs/* must find it already evaluated, else Jest says "require() ES Module in a cycle".
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
