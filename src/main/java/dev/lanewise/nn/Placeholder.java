package dev.lanewise.nn;

class Placeholder {}
