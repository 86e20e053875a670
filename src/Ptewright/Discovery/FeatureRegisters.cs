using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Kernels.Cpus;

namespace Ptewright.Discovery;

/// <summary>What a kernel noted of its CPUs' ID registers.</summary>
/// <remarks>
/// Linux: <c>arm64_ftr_regs</c> in <c>arch/arm64/kernel/cpufeature.c</c>: for each register its encoding and a <c>struct arm64_ftr_reg</c>, which begins with its name, two masks and the value that
/// holds for all CPUs, what the command line overrides included. It is the same from 5.10 to 7.3.
/// </remarks>
internal static class FeatureRegisters
{
    private const int EntryBytes = 16;
    private const int MostRegisters = 128;
    private const int LongestName = 48;

    // struct arm64_ftr_reg: name @0 | strict_mask @8 | user_mask @16 | sys_val @24.
    private const int ValueAt = 24;
    private const int RecordBytes = 32;
    private const string NameStart = "SYS_";

    /// <summary>Reads them.</summary>
    /// <param name="memory">The kernel's memory.</param>
    /// <param name="address">Where the table lies.</param>
    /// <returns>Null where it is none, or has no ID_AA64MMFR0_EL1.</returns>
    public static CpuIdRegisters? Read(KernelMemory memory, VirtualAddress address)
    {
        Dictionary<string, ulong> values = [];
        byte[] entry = new byte[EntryBytes];
        byte[] record = new byte[RecordBytes];
        for (int i = 0; i < MostRegisters && memory.TryRead(address + (ulong)(i * EntryBytes), entry); i++)
        {
            if (!memory.TryRead(new VirtualAddress(BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(8))), record)
                || memory.Text(new VirtualAddress(BinaryPrimitives.ReadUInt64LittleEndian(record)), LongestName) is not { } name
                || !name.StartsWith(NameStart, StringComparison.Ordinal))
            {
                break;
            }

            _ = values.TryAdd(name[NameStart.Length..], BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(ValueAt)));
        }

        return values.TryGetValue("ID_AA64MMFR0_EL1", out ulong mmfr0)
            ? new CpuIdRegisters(
                mmfr0,
                values.GetValueOrDefault("ID_AA64MMFR1_EL1"),
                values.GetValueOrDefault("ID_AA64MMFR2_EL1"),
                values.GetValueOrDefault("ID_AA64ISAR0_EL1"),
                values.GetValueOrDefault("ID_AA64PFR1_EL1"))
            : null;
    }
}
