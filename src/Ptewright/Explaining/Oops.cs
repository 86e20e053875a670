using Ptewright.Addressing;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>One oops, panic or fault report of an arm64 kernel, as values: what its lines say, and nothing else.</summary>
/// <remarks>What is null is not in the text. <see cref="OopsFile"/> reads them, <see cref="FaultExplainer"/> says what they mean. Strings are the text's own: who shows them takes out what a
/// terminal would obey.</remarks>
public sealed record Oops
{
    /// <summary>What kind of report it is.</summary>
    public OopsKind Kind { get; init; }

    /// <summary>Its first line in the text, counted from 1; 0 when it was given by hand.</summary>
    public int Line { get; init; }

    /// <summary>What the kernel said first.</summary>
    public string? Headline { get; init; }

    /// <summary>What the headline calls the fault: <c>paging request</c>, <c>NULL pointer dereference</c>, <c>write to read-only memory</c>.</summary>
    public string? Message { get; init; }

    /// <summary>The address that faulted, FAR_EL1: kernels since 5.5 print it without the tag where it is a program's.</summary>
    public VirtualAddress? Address { get; init; }

    /// <summary>ESR_EL1.</summary>
    public ExceptionSyndrome? Syndrome { get; init; }

    /// <summary>Whether the syndrome was put together from the lines about its fields, because its own is not there.</summary>
    public bool IsSyndromeInferred { get; init; }

    /// <summary>PAR_EL1 after an AT instruction of the address, where somebody has it; kernels do not print it.</summary>
    public ulong? AddressTranslation { get; init; }

    /// <summary>Which tables were printed.</summary>
    public PrintedTables? Tables { get; init; }

    /// <summary>The address whose entries were printed, which is the one that faulted.</summary>
    public VirtualAddress? TablesAddress { get; init; }

    /// <summary>The entries in the order in which they were printed.</summary>
    public IReadOnlyList<PrintedEntry> Entries { get; init; } = [];

    /// <summary>Whether the kernel says that there were no tables to print for a program's address, because none ran.</summary>
    public bool HasNoUserTables { get; init; }

    /// <summary>Whether the kernel says that the address belongs to neither half.</summary>
    public bool IsBetweenHalves { get; init; }

    /// <summary>What is behind <c>Internal error:</c>, up to the value.</summary>
    public string? InternalError { get; init; }

    /// <summary>The kernel's release: <c>6.1.0-56-cloud-arm64</c>.</summary>
    public string? Release { get; init; }

    /// <summary>The kernel's version, where it is known.</summary>
    public LinuxVersion? Version { get; init; }

    /// <summary>The machine.</summary>
    public string? Hardware { get; init; }

    /// <summary>The number of the CPU.</summary>
    public int? Cpu { get; init; }

    /// <summary>The number of the process.</summary>
    public int? Pid { get; init; }

    /// <summary>The name of the process.</summary>
    public string? Process { get; init; }

    /// <summary>What tainted the kernel, as it prints it: <c>G        W  O</c>; empty for nothing.</summary>
    public string? Taint { get; init; }

    /// <summary>PSTATE, as SPSR_EL1 had it.</summary>
    public ulong? ProcessState { get; init; }

    /// <summary>The instruction: <c>memcpy+0x10/0x230</c>, or an address.</summary>
    public string? ProgramCounter { get; init; }

    /// <summary>Where it was called from.</summary>
    public string? LinkRegister { get; init; }

    /// <summary>The stack pointer.</summary>
    public VirtualAddress? StackPointer { get; init; }

    /// <summary>The general registers, x0 to x30, as far as they are printed.</summary>
    public IReadOnlyDictionary<int, ulong> Registers { get; init; } = new Dictionary<int, ulong>();

    /// <summary>The last instructions, the one that faulted in brackets.</summary>
    public string? Code { get; init; }

    /// <summary>What KASAN says: <c>null-ptr-deref in range [0x0000000000000028-0x000000000000002f]</c>, <c>use-after-free in f+0x8/0x10</c>.</summary>
    public string? Kasan { get; init; }

    /// <summary>What KFENCE says.</summary>
    public string? Kfence { get; init; }

    /// <summary>What comes behind <c>Kernel panic - not syncing:</c>.</summary>
    public string? Panic { get; init; }

    /// <summary>By how many bytes KASLR moved the image, as a panic says; 0 when it did not.</summary>
    public ulong? KernelOffset { get; init; }

    /// <summary>The tags of a tag check: the pointer's and the memory's.</summary>
    public (int Pointer, int Memory)? Tags { get; init; }

    /// <summary>The stacks, of a stack overflow.</summary>
    public IReadOnlyList<StackRange> Stacks { get; init; } = [];

    /// <summary>PSTATE.PAN: whether the kernel could not reach programs' memory; null where PSTATE is not known.</summary>
    /// <remarks>Bit 22 of SPSR_EL1. Kernels that emulate it print the bit too (<c>CONFIG_ARM64_SW_TTBR0_PAN</c>).</remarks>
    public bool? HasPan => ProcessState is { } state ? (state & (1UL << 22)) != 0 : null;

    /// <summary>Whether the exception was taken from a program (EL0), by PSTATE.M; null where PSTATE is not known.</summary>
    public bool? IsFromUser => ProcessState is { } state ? (state & 0xf) == 0 : null;

    /// <summary>Whether the text says that the kernel has KASAN's shadow.</summary>
    public bool HasKasan => Kasan is not null;
}
