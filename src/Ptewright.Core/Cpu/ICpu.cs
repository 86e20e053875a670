namespace Ptewright.Cpu;

/// <summary>What the engine asks of a CPU: its loads and stores of table entries, its maintenance, and that somebody watches its windows.</summary>
/// <remarks>
/// A type argument of the engine: at EL1 each call is the instruction of its name, on the host it does nothing, is counted, recorded or checked. Implementations are structs, so that calls
/// inline and those that do nothing leave no code behind. Who changes one part alone implements that part, and <see cref="ComposedCpu{TMemory, TMaintenance, TObserver}"/> puts it together with others.
/// </remarks>
internal interface ICpu : ITableMemory, IMaintenance, IWindowObserver;
