using System.Runtime;
using System.Runtime.CompilerServices;

namespace Ptewright.Plugin;

/// <summary>What QEMU offers to plugins, and two functions of the C library in its process. They are bound when QEMU loads the plugin.</summary>
/// <remarks>Source: QEMU's <c>include/qemu/qemu-plugin.h</c>. All that it passes are words, for which C and compiled C# have one calling convention.</remarks>
internal static unsafe class Emulator
{
    /// <summary>Has a function called with each block of instructions that QEMU translates: plugin, block.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_register_vcpu_tb_trans_cb")]
    internal static extern void OnTranslation(ulong plugin, delegate*<ulong, void*, void> function);

    /// <summary>How many instructions a block has.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_tb_n_insns")]
    internal static extern nuint InstructionCount(void* block);

    /// <summary>One of them.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_tb_get_insn")]
    internal static extern void* InstructionOf(void* block, nuint index);

    /// <summary>Its address, as the CPU sees it: virtual as soon as the MMU is on.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_insn_vaddr")]
    internal static extern ulong AddressOf(void* instruction);

    /// <summary>Its bytes: the API up to version 2 gives their address and takes no notice of the rest, later ones copy them and give their number.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_insn_data")]
    internal static extern nuint BytesOf(void* instruction, void* copy, nuint length);

    /// <summary>Has a function called each time before an instruction is executed: CPU, argument. 0 for <paramref name="flags"/>: it reads no registers.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "qemu_plugin_register_vcpu_insn_exec_cb")]
    internal static extern void OnExecution(void* instruction, delegate*<uint, void*, void> function, int flags, void* argument);

    /// <summary>Writes bytes to a file.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "write")]
    internal static extern nint Write(int file, void* bytes, nuint length);

    /// <summary>Ends the process.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "abort")]
    internal static extern void Abort();
}
